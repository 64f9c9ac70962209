using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Emend.Contracts;
using Emend.Engine;

namespace Emend.Server.Api;

/// <summary>Answers of use cases as HTTP.</summary>
internal static class Answers
{
    /// <summary>How answers are written: texts as they are, not as escapes.</summary>
    public static readonly ContractsJson Wire = new(new JsonSerializerOptions(ContractsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>200 with a value.</summary>
    public static IResult Ok<T>(T value, JsonTypeInfo<T> type) => TypedResults.Json(value, type);

    /// <summary>200 with JSON that is canonical already.</summary>
    public static IResult Raw(string json) => TypedResults.Text(json, "application/json; charset=utf-8");

    /// <summary>What a use case granted, or its refusal as a problem.</summary>
    public static IResult Of<T>(Answer<T> answer, Func<T, IResult> granted) => answer switch
    {
        Answer<T>.Granted(var value) => granted(value),
        Answer<T>.Refused(var why) => ApiProblems.From(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <summary>Versions of things, as ETag and If-Match say them.</summary>
internal static class Versions
{
    /// <summary>Puts the version of what is answered into its head.</summary>
    public static void Tell(HttpContext context, long version) => context.Response.Headers.ETag = Tag(version);

    /// <summary>The version a change was made from; null with the refusal when the request does not say.</summary>
    public static long? Asked(HttpContext context, out IResult? missing)
    {
        missing = null;
        if (context.Request.Headers.IfMatch is [{ } tag] && tag.Length > 3 && tag.StartsWith("\"v", StringComparison.Ordinal) && tag[^1] == '"'
            && long.TryParse(tag.AsSpan(2, tag.Length - 3), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var version))
            return version;
        missing = ApiProblems.From(new VersionIsMissing());
        return null;
    }

    private static string Tag(long version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"v{version}\"");
}

/// <summary>The page that is asked for.</summary>
/// <param name="Cursor">Where to go on; null: at the beginning.</param>
/// <param name="Limit">Items, 1 to 500. Default 50.</param>
internal readonly record struct PageAsked(string? Cursor, int Limit)
{
    private const int Usual = 50;

    /// <summary>Reads the query; a problem when it asks for what there is not.</summary>
    public static IResult? Read(string? cursor, int? limit, out PageAsked asked)
    {
        asked = new(cursor, limit ?? Usual);
        return asked.Limit is >= 1 and <= Engine.Capturing.SignalPages.MostItems ? null : ApiProblems.From(new RequestIsWrong($"limit lies between 1 and {Engine.Capturing.SignalPages.MostItems}"));
    }

    /// <summary>The answer to a cursor that is none of ours.</summary>
    public static IResult WrongCursor => ApiProblems.From(new RequestIsWrong("cursor is none of this list's; take it from next of the page before, or leave it out"));

    /// <summary>A page on the wire.</summary>
    public static Page<TView> Wire<T, TView>(Engine.Capturing.Page<T> page, Func<T, TView> view) =>
        new([.. page.Items.Select(view)], page.Total, page.Total >= Engine.Capturing.SignalPages.CountLimit) { Next = page.Next };
}
