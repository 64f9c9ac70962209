using System.Diagnostics;

namespace Emend.TestKit;

/// <summary>A test on a small file system of its own; skipped where mounting one is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : Xunit.FactAttribute
{
    /// <summary>Skips where it cannot run.</summary>
    public SmallDiskFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !CanMount) Skip = "needs root on Linux and the right to mount a small tmpfs";
    }

    // A container's root often may not mount.
    private static bool CanMount { get; } = Probe();

    private static bool Probe()
    {
        using var folder = new TemporaryFolder();
        return Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.Path) && Run("umount", folder.Path);
    }

    /// <summary>Runs a program; whether it ended well.</summary>
    public static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false });
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}
