using System.Text.Json;
using Emend.Engine.Learning.DataSets;

namespace Emend.Cli.Commands.Learning;

/// <summary>The files of an export: a file a part, the ids behind its rows beside it, and one manifest. All appear together or not at all.</summary>
internal sealed class ExportFiles(FileInfo to) : IDisposable
{
    private readonly List<(string Aside, string Final, FileStream Stream)> _files = [];

    /// <summary>Opens the file of a part.</summary>
    public Stream Part(string name) => Open(Name(name, ""));

    /// <summary>Opens the file of the ids behind a part's rows.</summary>
    public Stream Provenance(string name) => Open(Name(name, ".provenance"));

    /// <summary>Writes the manifest and gives the files their names.</summary>
    public ExportManifest Finish(ExportManifest manifest)
    {
        var named = manifest with { Parts = [.. manifest.Parts.Select(part => part with { File = Path.GetFileName(Name(part.Name, "")) })] };
        using (var json = new Utf8JsonWriter(Open(Path.ChangeExtension(to.FullName, ".manifest.json")), new JsonWriterOptions { Indented = true })) named.Write(json);
        foreach (var (aside, final, stream) in _files)
        {
            stream.Dispose();
            File.Move(aside, final, overwrite: true);
        }
        _files.Clear();
        return named;
    }

    // What was not finished is nobody's.
    public void Dispose()
    {
        foreach (var (aside, _, stream) in _files)
        {
            stream.Dispose();
            File.Delete(aside);
        }
    }

    // router.jsonl becomes router.train.jsonl and router.train.provenance.jsonl.
    private string Name(string part, string kind)
    {
        var stem = Path.Combine(to.DirectoryName!, Path.GetFileNameWithoutExtension(to.Name));
        return $"{stem}{(part.Length > 0 ? "." + part : "")}{kind}{(kind.Length > 0 ? ".jsonl" : to.Extension)}";
    }

    private FileStream Open(string final)
    {
        var aside = final + ".part";
        var stream = File.Create(aside);
        _files.Add((aside, final, stream));
        return stream;
    }
}
