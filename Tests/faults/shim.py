"""Builds faults.c and speaks with it: by the environment there, by its log back."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).with_name("faults.c")

# What changes something on the disk: the points between which a power loss makes a difference.
CHANGING = {"write", "pwrite", "writev", "fdatasync", "fsync", "sync_file_range", "ftruncate", "fallocate", "rename",
            "unlink", "mkdir"}
MOVING_BYTES = {"read", "pread", "write", "pwrite", "writev"}
OPENING = {"open", "opendir"}


def build(folder):
    """Compiles the shim into `folder` and returns the library."""
    compiler = shutil.which("clang") or shutil.which("cc")
    if not compiler:
        sys.exit("neither clang nor cc is here to build faults.c with")
    library = pathlib.Path(folder, "faults.so")
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl", "-lpthread"], check=True)
    return library


def environment(library, directory, log, fault=None):
    """The server's environment: the shim over `directory`, with `fault` as `Fault` says it or none."""
    settings = {"LD_PRELOAD": str(library), "TANDEM_FAULTS_DIR": str(directory), "TANDEM_FAULTS_LOG": str(log)}
    if fault:
        settings |= {"TANDEM_FAULTS_AT": str(fault.at), "TANDEM_FAULTS_ERRNO": fault.code,
                     "TANDEM_FAULTS_KIND": fault.kind, "TANDEM_FAULTS_STICKY": "1" if fault.sticky else "0",
                     "TANDEM_FAULTS_RUN": str(fault.run)}
    return {**os.environ, **settings}


def calls(log):
    """The lines of a log; a last one that the end of the process cut is left out."""
    text = pathlib.Path(log).read_text() if os.path.exists(log) else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def changes(call):
    """Whether a logged call changes something on the disk, or is meant to."""
    return call["call"] in CHANGING or (call["call"] == "open" and (call["creates"] or call["truncates"]))
