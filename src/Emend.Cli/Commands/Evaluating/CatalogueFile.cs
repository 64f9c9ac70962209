using System.Text.Json;

namespace Emend.Cli.Commands.Evaluating;

/// <summary>A file that lists an agent's actions.</summary>
internal static class CatalogueFile
{
    /// <summary>The labels in member <c>actions</c>.</summary>
    /// <exception cref="Failure">The file is not JSON, or has no such member.</exception>
    public static string[] Actions(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("actions", out var actions)
                && actions.ValueKind == JsonValueKind.Array
                && actions.EnumerateArray().All(static label => label.ValueKind == JsonValueKind.String))
                return [.. actions.EnumerateArray().Select(static label => label.GetString()!)];
            throw new Failure(ExitCode.BadInput, $"{path} has no list of labels", """write {"actions":["label", …]}""");
        }
        catch (JsonException fault)
        {
            throw new Failure(ExitCode.BadInput, $"{path} is not JSON: {fault.Message}", """write {"actions":["label", …]}""");
        }
    }
}
