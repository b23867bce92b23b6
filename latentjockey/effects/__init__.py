"""The effects process: shaders of anybody run in here, so that nothing they do can stop the show."""
