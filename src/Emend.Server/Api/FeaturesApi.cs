using System.Text;
using System.Text.Json;
using Emend.Contracts.Learning;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Learning.Features;
using Emend.Logic;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Learning: feature views, for those who train and for agents that serve.</summary>
internal static class FeaturesApi
{
    private const int MostRows = 10_000;

    public static void MapFeatures(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/features").WithTags("Learning");
        group.MapGet("", List).WithName("ListFeatureViews").WithSummary("All feature views.").Produces<IReadOnlyList<FeatureViewView>>().Needs(Permission.LogicRead);
        group.MapPost("", DefineAsync).WithName("DefineFeatureView").WithSummary("Define a view, or add features to one (docs/guide/features.md); newVersion=true where the change is not compatible.").Produces<FeatureViewView>(StatusCodes.Status201Created).Needs(Permission.DatasetBuild).RunsLong().TakesKey();
        group.MapGet("/{view}", Show).WithName("ShowFeatureView").WithSummary("One view, by its name or name@version.").Produces<FeatureViewView>().Needs(Permission.LogicRead);
        group.MapPost("/{view}/values", Values).WithName("GetFeatureValues").WithSummary("The values for a key: the latest, or as they were known at an instant.").Produces<FeatureValuesView>().Needs(Permission.FeatureRead).NeedsNoKey("reads only");
        group.MapPost("/{view}/join", Join).WithName("JoinFeatures").WithSummary("Values as they were known at each row's instant: no row sees the future.").Produces<FeatureJoinView>().Needs(Permission.FeatureRead).RunsLong().NeedsNoKey("reads only");
    }

    private static IResult List(Caller caller) => Answers.Ok<IReadOnlyList<FeatureViewView>>([.. caller.Engine.FeatureViews.All().Select(known => View(caller, known))], Answers.Wire.IReadOnlyListFeatureViewView);

    private static IResult Show(Caller caller, string view) => Answers.Of(caller.Engine.FeatureViews.Find(view), known => Answers.Ok(View(caller, known), Answers.Wire.FeatureViewView));

    private static async Task<IResult> DefineAsync(HttpContext context, Caller caller, bool? newVersion)
    {
        using var both = caller.MayRunLong(context);
        var cancel = both.Token;
        if (!context.Request.HasMediaType("application/json")) return ApiProblems.From(new MediaTypeIsWrong("application/json"));
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var read = FeatureViewJson.Read(await reader.ReadToEndAsync(cancel));
        if (read is not Answer<FeatureView>.Granted(var asked)) return ApiProblems.From(((Answer<FeatureView>.Refused)read).Why);
        var answer = await caller.Engine.DefineFeatures.HandleAsync(new DefineFeatureView(asked, caller.Actor) { NewVersion = newVersion == true }, null, cancel);
        return Answers.Of(answer, view =>
        {
            context.Response.Headers.Location = "/v1/features/" + view.Reference;
            var known = ((Answer<KnownView>.Granted)caller.Engine.FeatureViews.Find(view.Reference)).Value;
            return TypedResults.Json(View(caller, known), Answers.Wire.FeatureViewView, statusCode: StatusCodes.Status201Created);
        });
    }

    private static IResult Values(Caller caller, string view, FeatureValuesBody body, CancellationToken cancel)
    {
        var found = caller.Engine.FeatureViews.Find(view);
        if (found is not Answer<KnownView>.Granted(var known)) return ApiProblems.From(((Answer<KnownView>.Refused)found).Why);
        if (Parts(body.Key, out var key) is { } wrong) return wrong;
        if (body.AsOf is null)
        {
            return Answers.Of(caller.Engine.LatestFeatures.Of(known, key), values => Answers.Ok(
                new FeatureValuesView(Words.Json("{" + string.Join(',', values.Select(feature => CanonicalJson.Quote($"{known.Definition.Name}.{feature.Name}") + ":" + CanonicalJson.Text(feature.Value))) + "}")),
                Answers.Wire.FeatureValuesView));
        }
        if (!CanonicalJson.TryInstant(body.AsOf, out var at)) return ApiProblems.From(new RequestIsWrong("asOf is an instant with zone, e.g. 2026-03-01T12:00:00Z"));
        return Answers.Of(caller.Engine.FeaturesAsOf.Ask(known, key, at), ask => Answers.Of(
            caller.Engine.FeaturesAsOf.OfAll(known, [ask], cancel),
            values => Answers.Ok(new FeatureValuesView(Words.Json(JoinRows.Values(known, values, 0))), Answers.Wire.FeatureValuesView)));
    }

    private static IResult Join(HttpContext context, Caller caller, string view, FeatureJoinBody body)
    {
        using var both = caller.MayRunLong(context);
        var found = caller.Engine.FeatureViews.Find(view);
        if (found is not Answer<KnownView>.Granted(var known)) return ApiProblems.From(((Answer<KnownView>.Refused)found).Why);
        if (body.Rows.Count is 0 or > MostRows) return ApiProblems.From(new RequestIsWrong($"1 to {MostRows} rows at once"));
        var asks = new List<FeatureAsk>(body.Rows.Count);
        foreach (var row in body.Rows)
        {
            if (Parts(row.Key, out var key) is { } wrong) return wrong;
            if (!CanonicalJson.TryInstant(row.AsOf, out var at)) return ApiProblems.From(new RequestIsWrong($"row {asks.Count + 1}: asOf is an instant with zone, e.g. 2026-03-01T12:00:00Z"));
            switch (caller.Engine.FeaturesAsOf.Ask(known, key, at))
            {
                case Answer<FeatureAsk>.Granted(var ask): asks.Add(ask); break;
                case Answer<FeatureAsk>.Refused(var why): return ApiProblems.From(why);
            }
        }
        return Answers.Of(caller.Engine.FeaturesAsOf.OfAll(known, asks, both.Token), values => Answers.Ok(
            new FeatureJoinView([.. asks.Select((_, row) => Words.Json(JoinRows.Values(known, values, row)))]), Answers.Wire.FeatureJoinView));
    }

    private static IResult? Parts(JsonElement? given, out Dictionary<string, FeatureValue> parts)
    {
        parts = [];
        if (given is not { ValueKind: not JsonValueKind.Null } key) return null;
        if (key.ValueKind != JsonValueKind.Object) return ApiProblems.From(new RequestIsWrong("key is an object, e.g. {\"proposed.action\":\"refund\"}"));
        parts = JoinRows.Parts(key);
        return null;
    }

    private static FeatureViewView View(Caller caller, KnownView known) => new(
        known.Definition.Reference, caller.Engine.Ledger.NameOf(known.Author), CanonicalJson.Instant(known.DefinedAt), known.IsReady, Words.Json(FeatureViewJson.Write(known.Definition)));
}
