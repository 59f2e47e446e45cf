"""Parts of the page, one file each, in any of its languages."""
