"""How fast a ledger is exported and verified: `python -m tests.bench.proof FOLDER SALES`."""

import resource
import sys
import time
import uuid
import warnings
from datetime import UTC, datetime
from pathlib import Path

from app.fiscal.draft import read_draft
from app.services.ledger.opening import open_all
from app.services.ledger.submission import submission
from app.services.proof.audit_file import verify_file
from app.services.proof.exports import Days, manifest_seal, write_export
from app.services.shop import sample
from app.settings import Settings
from app.store.engine import writing
from app.store.tables.outlets import Outlet
from app.wiring import assemble
from tests.bench.sale import SALE


def main() -> None:
    """Prints rows exported and entries verified per second, and the peak of memory."""
    folder, sales = Path(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    parts = assemble(Settings(var=folder))
    nowhere = sample.EmcfAddress("http://127.0.0.1:9", "none")
    sample.furnish(parts.engine, "TEST_SFE", nowhere, datetime.now(UTC))
    with writing(parts.engine) as session:
        session.get_one(Outlet, sample.OUTLET).control_module = None
    parts.sealing.start()
    open_all(parts.engine, parts.sealing)
    outlet = parts.directory.outlet(sample.OUTLET)
    if outlet is None:
        raise SystemExit("no shop")
    waiting = [
        parts.sealing.submit(
            submission(
                read_draft(SALE, str(uuid.uuid4())),
                outlet,
                datetime.now(UTC),
                source="api",
                submitted_by="bench",
            )
        )
        for _ in range(sales)
    ]
    for one in waiting:
        one.result()
    del waiting
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    output = folder / "audit.zip"
    started = time.process_time()
    write_export(
        parts.engine,
        sample.OUTLET,
        Days(),
        output,
        lambda document: parts.sealing.call(lambda p, _now: manifest_seal(p, document)).result(),
        "2026-11-22T00:00:00Z",
    )
    seconds = time.process_time() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parts.stop()
    print(
        f"Export : {sales / seconds:.0f} lignes/s de CPU, "
        f"{output.stat().st_size / sales:.0f} octets par vente, "
        f"mémoire de pointe {after // 1024} Mio (avant l'export {before // 1024})"
    )
    started = time.process_time()
    verified = verify_file(output, None, lambda _text: None)
    seconds = time.process_time() - started
    print(f"Vérification : {verified.entries / seconds:.0f} écritures/s par cœur (but : 5 000)")


if __name__ == "__main__":
    main()
