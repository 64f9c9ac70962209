using System.Diagnostics;
using System.Text.Json;
using Emend.TestKit;

namespace Emend.HouseRules.Tests;

/// <summary>What the container image would be, as the SDK works it out; making it needs a registry with the base image.</summary>
public class The_image
{
    [Fact]
    public async Task has_no_root_one_port_and_its_data_where_a_volume_belongs_to_its_user()
    {
        var made = await EvaluateAsync();
        var properties = made.GetProperty("Properties");
        Assert.Equal("1654", properties.GetProperty("ContainerUser").GetString());
        Assert.EndsWith("-noble-chiseled", properties.GetProperty("ContainerBaseImage").GetString(), StringComparison.Ordinal);
        Assert.Equal(("emend", "0.1.0"), (properties.GetProperty("ContainerRepository").GetString(), properties.GetProperty("ContainerImageTag").GetString()));

        Assert.Equal("5443/tcp", string.Join(' ', Items(made, "ContainerPort").Select(static port => $"{Value(port, "Identity")}/{Value(port, "Type")}")));
        var environment = Items(made, "ContainerEnvironmentVariable").ToDictionary(static one => Value(one, "Identity"), static one => Value(one, "Value"), StringComparer.Ordinal);
        var labels = Items(made, "ContainerLabel").ToDictionary(static one => Value(one, "Identity"), static one => Value(one, "Value"), StringComparer.Ordinal);
        Assert.StartsWith(labels["dev.emend.volume"] + "/", environment["EMEND_DATA"], StringComparison.Ordinal);
        Assert.Equal(("/healthz", "/readyz", "Apache-2.0", "emend-server"), (labels["dev.emend.alive"], labels["dev.emend.ready"], labels["org.opencontainers.image.licenses"], labels["org.opencontainers.image.title"]));
    }

    [Fact]
    public async Task takes_another_base_image_as_a_parameter()
    {
        var made = await EvaluateAsync("-p:ContainerBaseImage=mirror.example/dotnet/aspnet:10.0-noble-chiseled");
        Assert.Equal("mirror.example/dotnet/aspnet:10.0-noble-chiseled", made.GetProperty("Properties").GetProperty("ContainerBaseImage").GetString());
        Assert.Equal("1654", made.GetProperty("Properties").GetProperty("ContainerUser").GetString());
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement made, string name) => made.GetProperty("Items").GetProperty(name).EnumerateArray();

    private static string Value(JsonElement item, string name) => item.GetProperty(name).GetString()!;

    private static async Task<JsonElement> EvaluateAsync(params string[] more)
    {
        string[] what = ["msbuild", "src/Emend.Server/Emend.Server.csproj", "-t:ComputeContainerConfig", "-nodeReuse:false", "-p:Configuration=Release",
            "-getProperty:ContainerUser,ContainerBaseImage,ContainerRepository,ContainerImageTag", "-getItem:ContainerPort,ContainerEnvironmentVariable,ContainerLabel", .. more];
        using var process = Process.Start(new ProcessStartInfo("dotnet", what) { WorkingDirectory = SharedData.Repository, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, wrong) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await said + await wrong);
        using var made = JsonDocument.Parse(await said);
        return made.RootElement.Clone();
    }
}
