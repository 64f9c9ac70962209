using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using Emend.TestKit;

namespace Emend.HouseRules.Tests;

/// <summary>Packed once, from what the tests were built with.</summary>
public sealed class PackedOnce : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Said { get; private set; } = "";

    public int ExitCode { get; private set; }

    public string Path => _folder.Path;

    public async Task InitializeAsync()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar)).Name;
        var start = new ProcessStartInfo("bash", ["pack.sh", "--try", "--no-build", _folder.Path]) { WorkingDirectory = SharedData.Repository, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["EMEND_CONFIGURATION"] = string.Equals(configuration, "debug", StringComparison.OrdinalIgnoreCase) ? "Debug" : "Release";
        // No builder stays behind that this started.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        using var process = Process.Start(start)!;
        var (said, wrong) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        (Said, ExitCode) = (await said + await wrong, process.ExitCode);
    }

    public Task DisposeAsync()
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _folder.Dispose();
}

public class The_packages(PackedOnce packed) : IClassFixture<PackedOnce>
{
    public static TheoryData<string> Names() => ["Emend.Logic", "Emend.Contracts", "Emend.Client", "Emend.Client.AI"];

    [Fact]
    public void are_restored_built_for_trimming_and_run_in_an_empty_project()
    {
        Assert.True(packed.ExitCode == 0, packed.Said);
        Assert.Contains("the empty project says: a NoBundle True ran", packed.Said, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public void carry_what_a_user_reads_and_a_debugger_needs(string name)
    {
        using var package = Open(name, "nupkg");
        using var symbols = Open(name, "snupkg");
        Assert.NotNull(symbols.GetEntry($"lib/net10.0/{name}.pdb"));
        Assert.NotNull(package.GetEntry($"lib/net10.0/{name}.dll"));
        Assert.True(package.GetEntry("icon.png")!.Length > 500);
        Assert.StartsWith("# " + name, Text(package, "README.md"), StringComparison.Ordinal);

        var metadata = XDocument.Parse(Text(package, name + ".nuspec")).Root!.Elements().Single(static element => element.Name.LocalName == "metadata");
        string Said(string what) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == what)?.Value ?? "";
        Assert.Equal(("README.md", "icon.png", "Apache-2.0", name), (Said("readme"), Said("icon"), Said("license"), Said("id")));
        Assert.True(Said("description").Length > 40);
        Assert.DoesNotContain(metadata.Descendants(), static element => element.Name.LocalName == "dependency" && !(element.Attribute("id")!.Value is var id && (id.StartsWith("Emend.", StringComparison.Ordinal) || id.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal))));
    }

    [Theory, MemberData(nameof(Names))]
    public void explain_every_public_type(string name)
    {
        using var package = Open(name, "nupkg");
        var documented = XDocument.Parse(Text(package, $"lib/net10.0/{name}.xml")).Descendants("member").Select(static member => member.Attribute("name")!.Value).ToHashSet(StringComparer.Ordinal);
        var types = PublicTypes(package.GetEntry($"lib/net10.0/{name}.dll")!);
        Assert.True(types.Count > 1);
        Assert.DoesNotContain(types, type => !documented.Contains("T:" + type));
    }

    private ZipArchive Open(string name, string extension)
    {
        Assert.True(packed.ExitCode == 0 || Directory.EnumerateFiles(packed.Path, "*.nupkg").Any(), packed.Said);
        // Emend.Client is also how Emend.Client.AI begins.
        return ZipFile.OpenRead(Directory.EnumerateFiles(packed.Path, $"{name}.*.{extension}").Single(file => char.IsAsciiDigit(Path.GetFileName(file)[name.Length + 1])));
    }

    private static string Text(ZipArchive package, string path)
    {
        using var reader = new StreamReader(package.GetEntry(path)!.Open());
        return reader.ReadToEnd();
    }

    private static List<string> PublicTypes(ZipArchiveEntry assembly)
    {
        using var bytes = new MemoryStream();
        using (var from = assembly.Open()) from.CopyTo(bytes);
        bytes.Position = 0;
        using var file = new System.Reflection.PortableExecutable.PEReader(bytes);
        var reader = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(file);
        return [.. reader.TypeDefinitions.Select(reader.GetTypeDefinition)
            .Where(static type => (type.Attributes & System.Reflection.TypeAttributes.VisibilityMask) == System.Reflection.TypeAttributes.Public)
            .Select(type => $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}")];
    }
}
