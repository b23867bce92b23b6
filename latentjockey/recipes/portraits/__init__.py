"""Portraits: a data set of faces in ten openly licensed drawing styles, assembled by a script from a seed.

``python -m latentjockey.recipes.portraits --out portraits.ljdata`` makes it; docs/portraits.md tells what and whose it
is. Nothing here needs torch. Which parts a picture has, its colours and its framing are pure functions of seed and
number (``traits``); Node.js puts the parts together (``node``), resvg draws them (``picture``).
"""
