"""The surface: painted widgets over the control bay. Qt lives here and in the application; GUI thread only."""
