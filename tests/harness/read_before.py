"""What a fork has read before it begins: the product, and what the tests run in processes."""

import gc

import uvicorn.lifespan.on
import uvicorn.loops.uvloop
import uvicorn.protocols.http.httptools_impl
import uvicorn.protocols.websockets.auto

import app.__main__
import app.control.simulator
import app.services.proof.audit_file
import app.services.proof.fsck
import app.services.proof.probe_file
import app.services.shop.sample
import app.wiring
import tests.crash.killed_process
import tests.harness.in_other_processes

__all__ = ["app", "tests", "uvicorn"]

for *_, pin in app.services.shop.sample.PEOPLE:
    app.services.shop.sample.hashed(pin)

gc.collect()
gc.freeze()  # so that a fork's collector leaves the pages that it shares alone
