"""One server under load: the product, or the floor it is measured against.

`python tests/bench/serve.py product|floor DATABASE_URL PORT VAR [EMCF_URL EMCF_TOKEN]`
"""

import hashlib
import queue
import sys
import threading
import warnings
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[2]))


def product(database: str, port: int, var: Path, emcf: list[str]) -> Any:
    """The product as `bono demo` assembles it; without an e-MCF there is no control module."""
    from app.server import create_app  # noqa: PLC0415
    from app.services.shop import sample  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415
    from app.store.engine import writing  # noqa: PLC0415
    from app.store.tables.outlets import Outlet  # noqa: PLC0415
    from app.wiring import assemble  # noqa: PLC0415

    warnings.simplefilter("ignore")
    parts = assemble(Settings(port=port, var=var, database_url=database))
    address = sample.EmcfAddress(*(emcf or ["http://127.0.0.1:9", "none"]))
    sample.furnish(parts.engine, "TEST_SFE", address, datetime.now(UTC))
    if not emcf:
        with writing(parts.engine) as session:
            session.get_one(Outlet, sample.OUTLET).control_module = None
    sample.write_card(parts.engine, var / "demo.json", parts.settings.url, address.url)
    return create_app(parts)


def floor(database: str) -> Any:
    """The barest handler that canonicalises, hashes, signs and commits in shared commits."""
    import asyncio  # noqa: PLC0415

    import msgspec  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import (  # noqa: PLC0415
        ECDSA,
        SECP256R1,
        generate_private_key,
    )
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from litestar import Litestar, Request, Response, put  # noqa: PLC0415
    from sqlalchemy import text  # noqa: PLC0415

    from app.store.engine import open_engine, writing  # noqa: PLC0415

    engine = open_engine(database)
    blob = "BYTEA" if database.startswith("postgresql") else "BLOB"
    with engine.begin() as connection:
        connection.execute(
            text(f"CREATE TABLE floor (id TEXT PRIMARY KEY, body {blob}, seal {blob})")
        )
    insert = text("INSERT INTO floor (id, body, seal) VALUES (:id, :body, :seal)")
    waiting: queue.SimpleQueue[tuple[str, Any, Future[bytes]]] = queue.SimpleQueue()
    encode = msgspec.json.Encoder(order="sorted").encode
    key = generate_private_key(SECP256R1())

    def seal(items: list[tuple[str, Any, Future[bytes]]], previous: str) -> str:
        rows: list[dict[str, Any]] = []
        for sale_id, document, _ in items:
            body = encode(document)
            statement = encode({"payload": hashlib.sha256(body).hexdigest(), "previous": previous})
            signature = key.sign(statement, ECDSA(SHA256()))
            previous = hashlib.sha256(statement).hexdigest()
            rows.append({"id": sale_id, "body": body, "seal": statement + signature})
        with writing(engine) as session:
            session.connection().execute(insert, rows)
        for row, (_, _, done) in zip(rows, items, strict=True):
            done.set_result(row["body"])
        return previous

    def work() -> None:
        previous = "0" * 64
        while True:
            items = [waiting.get()]
            while len(items) < 128:
                try:
                    items.append(waiting.get_nowait())
                except queue.Empty:
                    break
            previous = seal(items, previous)

    threading.Thread(target=work, daemon=True).start()

    @put("/api/v1/invoices/{sale_id:str}")
    async def put_sale(request: Request[Any, Any, Any], sale_id: str) -> Response[bytes]:
        done: Future[bytes] = Future()
        waiting.put((sale_id, msgspec.json.decode(await request.body()), done))
        body = await asyncio.wrap_future(done)
        return Response(body, status_code=201, media_type="application/json")

    return Litestar(route_handlers=[put_sale], openapi_config=None, logging_config=None)


def main() -> None:
    """Serves until it is killed."""
    kind, database, port, var, *emcf = sys.argv[1:]
    made = product(database, int(port), Path(var), emcf) if kind == "product" else floor(database)
    uvicorn.run(
        made,
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
    )


if __name__ == "__main__":
    main()
