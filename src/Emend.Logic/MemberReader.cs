using System.Collections.Immutable;
using System.Text.Json;
using Emend.Logic.Conditions;

namespace Emend.Logic;

/// <summary>Reads the members of one JSON object strictly: what nobody asked for by the time of <see cref="Done"/> is an error.</summary>
internal sealed class MemberReader
{
    private readonly List<(string Name, JsonElement Value)> _members = [];
    private readonly List<string> _asked = [];
    private readonly string _what;

    public MemberReader(JsonElement element, string what)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new LogicJsonException($"expected {what} (an object), found {ConditionJson.Found(element)}");
        _what = what;
        foreach (var member in element.EnumerateObject()) _members.Add((CanonicalJson.NameOf(member), member.Value));
    }

    public string String(string name) => StringOrNull(name) ?? throw new LogicJsonException($"{_what} needs `{name}`");

    public string? StringOrNull(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) throw Expected("a string", name, value);
        return Under("." + name, value, CanonicalJson.StringOf);
    }

    public int Integer(string name, int otherwise)
    {
        if (Take(name) is not { } value) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Expected("an integer", name, value);
    }

    public long Count(string name)
    {
        if (Take(name) is not { } value) throw new LogicJsonException($"{_what} needs `{name}`");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : throw Expected("a count", name, value);
    }

    public bool Flag(string name)
    {
        if (Take(name) is not { } value) return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Expected("true or false", name, value);
    }

    public long? InstantOrNull(string name)
    {
        if (Take(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String && CanonicalJson.TryInstant(CanonicalJson.StringOf(value), out var at) ? at : throw Expected("an instant in ISO 8601 with a zone", name, value);
    }

    public int OneOf(string name, string[] known, int? otherwise)
    {
        if (Take(name) is not { } value) return otherwise ?? throw new LogicJsonException($"{_what} needs `{name}`: one of {string.Join(", ", known)}");
        if (value.ValueKind == JsonValueKind.String)
        {
            for (var i = 0; i < known.Length; i++)
                if (value.ValueEquals(known[i])) return i;
        }
        throw Expected("one of " + string.Join(", ", known), name, value);
    }

    public string? RawOrNull(string name) => Member(name, CanonicalJson.Of);

    public T? Member<T>(string name, Func<JsonElement, T> read) where T : class => Take(name) is { } value ? Under("." + name, value, read) : null;

    public ImmutableArray<T> Items<T>(string name, Func<JsonElement, T> read)
    {
        if (Take(name) is not { } list) return [];
        if (list.ValueKind != JsonValueKind.Array) throw Expected("a list", name, list);
        var items = ImmutableArray.CreateBuilder<T>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            try
            {
                items.Add(read(item));
            }
            catch (LogicJsonException e)
            {
                throw e.Under($".{name}[{items.Count}]");
            }
            catch (JsonException e)
            {
                throw new LogicJsonException(e.Message).Under($".{name}[{items.Count}]");
            }
        }
        return items.MoveToImmutable();
    }

    public static string StringItem(JsonElement item) =>
        item.ValueKind == JsonValueKind.String ? CanonicalJson.StringOf(item) : throw new LogicJsonException($"expected a string, found {ConditionJson.Found(item)}");

    public void Done()
    {
        if (_members.Count == 0) return;
        var unknown = _members[0].Name;
        var near = NearestName.Of(unknown, _asked);
        throw new LogicJsonException($"unknown member `{unknown}` in {_what}" + (near is null ? "" : $"; did you mean `{near}`?"));
    }

    private static T Under<T>(string step, JsonElement value, Func<JsonElement, T> read)
    {
        try
        {
            return read(value);
        }
        catch (LogicJsonException e)
        {
            throw e.Under(step);
        }
        catch (JsonException e)
        {
            throw new LogicJsonException(e.Message).Under(step);
        }
    }

    private JsonElement? Take(string name)
    {
        _asked.Add(name);
        for (var i = 0; i < _members.Count; i++)
        {
            if (_members[i].Name != name) continue;
            var value = _members[i].Value;
            _members.RemoveAt(i);
            return value;
        }
        return null;
    }

    private static LogicJsonException Expected(string what, string name, JsonElement found) =>
        new LogicJsonException($"expected {what}, found {ConditionJson.Found(found)}").Under("." + name);
}
