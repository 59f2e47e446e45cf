"""The documentation site, built offline: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pages

import capsim

HERE = Path(__file__).parent
pages.write(HERE / "generated")

project = "capsim"
author = "The capsim developers"
project_copyright = "The capsim developers"
version = release = capsim.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autodoc_default_options = {"members": True}
autosummary_generate = True
autosummary_imported_members = True
default_role = "code"
smartquotes = False

exclude_patterns = ["assets/**"]
html_theme = "pydata_sphinx_theme"
html_title = f"capsim {version}"
html_static_path = ["assets"]
html_css_files = ["site.css"]
html_js_files = ["filter.js"]
html_sidebars = {"**": ["globaltoc.html"]}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
