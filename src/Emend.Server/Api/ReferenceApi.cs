using System.Reflection;
using System.Text;
using Emend.Engine.Access;
using Emend.Server.Access;
using Microsoft.OpenApi;

namespace Emend.Server.Api;

/// <summary>The reference: OpenAPI made from the routes, a page that shows it, and a page for every kind of problem. All of it open, none of it with data.</summary>
internal static class ReferenceApi
{
    private const string Because = "describes the interface and holds no data";
    private const string Scheme = "key";

    // One page of ours: no script or style from elsewhere, and none inline that the policy would have to allow.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static IServiceCollection AddReference(this IServiceCollection services) => services.AddOpenApi("v1", static openApi =>
    {
        openApi.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        openApi.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new() { Title = "Emend", Version = "v1", Description = "Corrections of AI agents become governed, undoable changes of what the agents do." };
            // Where it runs is for whoever runs it to say.
            document.Servers = [];
            document.Components ??= new();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "emk_ID_SECRET", Description = "emend keys add NAME --role ROLE" },
            };
            document.Security = [new() { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer(static (operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<RouteNeeds>().FirstOrDefault() is { } needs)
                operation.Description = "Needs " + string.Join(" or ", needs.AnyOf.Select(static permission => permission.Name())) + ".";
            operation.Responses ??= [];
            operation.Responses["default"] = new OpenApiResponse { Description = "A problem (RFC 9457): its type leads to a page that explains it." };
            return Task.CompletedTask;
        });
    });

    public static void MapReference(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi.json").IsOpen(Because);
        routes.MapGet("/", static () => TypedResults.Redirect("/docs")).ExcludeFromDescription().IsOpen(Because);
        Page(routes, "/docs", "reference.html", "text/html; charset=utf-8");
        Page(routes, "/docs/reference.css", "reference.css", "text/css; charset=utf-8");
        Page(routes, "/docs/reference.js", "reference.js", "text/javascript; charset=utf-8");
        var problems = Problems();
        routes.MapGet(ApiProblems.Pages + "{code}", (HttpContext context, string code) =>
        {
            if (!problems.TryGetValue(code, out var text)) return ApiProblems.From(new NotFound("kind of problem", code.Length <= 100 ? code : "…"));
            context.Response.Headers.ContentSecurityPolicy = Policy;
            return TypedResults.Text($"{code}\nstatus {ApiProblems.StatusOf(code)}\n\n{text}\n", "text/plain; charset=utf-8");
        }).ExcludeFromDescription().IsOpen(Because);
    }

    private static void Page(IEndpointRouteBuilder routes, string path, string resource, string type)
    {
        var bytes = Encoding.UTF8.GetBytes(Read(resource));
        routes.MapGet(path, (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return TypedResults.Bytes(bytes, type);
        }).ExcludeFromDescription().IsOpen(Because);
    }

    // docs/refusals.md is the one table of codes; the server shows its paragraphs.
    private static Dictionary<string, string> Problems()
    {
        var pages = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in Read("refusals.md").Split("\n### `").Skip(1))
        {
            var end = part.IndexOf('`', StringComparison.Ordinal);
            pages[part[..end]] = part[(end + 1)..].Split("\n## ")[0].Trim();
        }
        return pages;
    }

    private static string Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
