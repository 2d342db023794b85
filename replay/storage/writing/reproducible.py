"""HDF5 without timestamps: equal recordings are equal bytes.

By default, HDF5 stores creation and change times with every group.
"""

from __future__ import annotations

import os
from pathlib import Path

import h5py
from h5py import h5f, h5g, h5p


def created(path: Path) -> h5py.File:
    """Create an empty file."""
    creation = h5p.create(h5p.FILE_CREATE)
    creation.set_obj_track_times(False)
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_libver_bounds(h5f.LIBVER_LATEST, h5f.LIBVER_LATEST)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    return h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, creation, access))


def group(parent: h5py.Group, path: str) -> h5py.Group:
    """The group at `path` below `parent`; creates it and its parents if they are missing."""
    here = parent
    for name in path.split("/"):
        here = here[name] if name in here else _made(here, name)
    return here


def _made(parent: h5py.Group, name: str) -> h5py.Group:
    creation = h5p.create(h5p.GROUP_CREATE)
    creation.set_obj_track_times(False)
    return h5py.Group(h5g.create(parent.id, name.encode(), gcpl=creation))
