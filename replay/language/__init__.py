"""The reader's language: words, plurals and numbers of pictures and pages, from gettext catalogues."""
