"""Pictures to learn from that the project draws or assembles itself: a package per recipe, each a `recipe.Recipe`."""
