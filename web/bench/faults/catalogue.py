"""The catalogue (故障目录): every fault that is produced here, in the order of the report."""

from web.bench.faults.answers import answer_faults
from web.bench.faults.databases import database_faults
from web.bench.faults.devices import device_faults
from web.bench.faults.disks import disk_faults
from web.bench.faults.fault import Fault
from web.bench.faults.kills import kills
from web.bench.faults.messages import message_faults
from web.bench.faults.network import network_faults


def every_fault() -> dict[str, Fault]:
    """The faults by name."""
    faults = [
        *kills(),
        *answer_faults(),
        *network_faults(),
        *disk_faults(),
        *database_faults(),
        *device_faults(),
        *message_faults(),
    ]
    return {fault.name: fault for fault in faults}
