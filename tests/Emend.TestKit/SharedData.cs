namespace Emend.TestKit;

/// <summary>Real data sets that tests read from beside the checkout; they are not part of the project.</summary>
public static class SharedData
{
    /// <summary>Folder of the data sets: <c>EMEND_SHARED_DATA</c>, else <c>../shared/data</c> beside the checkout; null when absent.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>Full path of a file or folder of the data sets; null when absent.</summary>
    public static string? Path(params string[] parts)
    {
        if (Folder is null) return null;
        var path = System.IO.Path.Combine([Folder, .. parts]);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    /// <summary>Root of the checkout.</summary>
    public static string Repository { get; } = FindRepository();

    private static string? Find()
    {
        var set = Environment.GetEnvironmentVariable("EMEND_SHARED_DATA");
        var folder = set ?? System.IO.Path.Combine(FindRepository(), "..", "shared", "data");
        return Directory.Exists(folder) ? System.IO.Path.GetFullPath(folder) : null;
    }

    private static string FindRepository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(System.IO.Path.Combine(at.FullName, "Emend.slnx"))) at = at.Parent;
        return at?.FullName ?? Directory.GetCurrentDirectory();
    }
}

/// <summary>A test that needs the shared data sets; skipped with the reason where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    /// <param name="parts">Path below the data folder, e.g. <c>demo/decisions.jsonl</c>.</param>
    public SharedDataFactAttribute(params string[] parts)
    {
        if (SharedData.Path(parts) is null)
            Skip = $"needs the shared data set {string.Join('/', parts)} (set EMEND_SHARED_DATA to its folder)";
    }
}

/// <summary>A theory that needs the shared data sets; skipped with the reason where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    /// <param name="parts">Path below the data folder, e.g. <c>demo/decisions.jsonl</c>.</param>
    public SharedDataTheoryAttribute(params string[] parts)
    {
        if (SharedData.Path(parts) is null)
            Skip = $"needs the shared data set {string.Join('/', parts)} (set EMEND_SHARED_DATA to its folder)";
    }
}
