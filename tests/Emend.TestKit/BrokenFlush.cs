using System.Globalization;
using System.Runtime.InteropServices;

namespace Emend.TestKit;

/// <summary>A test that needs Linux's view of a process's open files.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "needs /proc/self/fd";
    }
}

/// <summary>
/// A file of this process that takes every write and fails every flush: its descriptors are pointed at the null device, which has
/// nothing to flush to. What SQLite then meets is a real error of the operating system, at the very call that counts.
/// </summary>
internal static class BrokenFlush
{
    private const int ReadWrite = 2;

    /// <summary>Breaks a file wherever it is open for writing, until it is closed.</summary>
    public static void Break(string path)
    {
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var broken = 0;
        foreach (var open in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (new FileInfo(open).LinkTarget != path) continue;
            var number = Path.GetFileName(open);
            var flags = File.ReadLines($"/proc/self/fdinfo/{number}").First(static line => line.StartsWith("flags:", StringComparison.Ordinal));
            if ((Convert.ToInt64(flags["flags:".Length..].Trim(), 8) & 3) != ReadWrite) continue;
            Assert.NotEqual(-1, Duplicate((int)nowhere.DangerousGetHandle(), int.Parse(number, CultureInfo.InvariantCulture)));
            broken++;
        }
        Assert.True(broken > 0, $"{path} is not open for writing");
    }

    [DllImport("libc", EntryPoint = "dup2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int from, int to);
}
