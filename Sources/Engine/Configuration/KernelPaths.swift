/// Files of procfs and sysfs that tell of, or change, the whole machine.
///
/// See runtime-spec config-linux.md, "Masked Paths" and "Readonly Paths"; T-PROCSYS-1, T-PROCSYS-2.
package enum KernelPaths {
    package static let masked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
        "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
        "/proc/timer_stats", "/sys/dev/block", "/sys/devices/virtual/powercap", "/sys/firmware",
        "/sys/fs/selinux",
    ]
    package static let readOnly = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
}
