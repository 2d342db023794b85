"""The table of views: everything that lists, checks or draws views reads it."""
