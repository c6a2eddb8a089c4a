using System.Runtime.InteropServices;

namespace FilterGate.Network;

/// <summary>What the kernel says of its clock.</summary>
internal static class KernelClock
{
    // struct timex of adjtimex(2) is 208 bytes on 64-bit Linux; its first field says what to change, and all zeroes change nothing.
    private const int TimexBytes = 256;

    // TIME_ERROR: nothing has set it for a while (adjtimex(2), "The clock is not synchronized").
    private const int TimeError = 5;

    /// <summary>True when something sets it (timesyncd, chrony, the host of a virtual machine), false when nothing does; null where it cannot be asked.</summary>
    public static bool? IsSet()
    {
        if (!OperatingSystem.IsLinux()) return null;
        return Adjust(new byte[TimexBytes]) switch { < 0 => null, TimeError => false, _ => true };
    }

#pragma warning disable SYSLIB1054, CA5392 // Source-generated marshalling would need unsafe code; libc is found by the system's own loader path.
    [DllImport("libc", EntryPoint = "adjtimex")]
    private static extern int Adjust(byte[] timex);
#pragma warning restore SYSLIB1054, CA5392
}
