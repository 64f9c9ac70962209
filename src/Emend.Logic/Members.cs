using System.Globalization;
using System.Text;
using Emend.Logic.Conditions;

namespace Emend.Logic;

/// <summary>Appends the members of one JSON object. The caller writes them in ordinal order of their names, as RFC 8785 sorts them.</summary>
internal sealed class Members
{
    private readonly StringBuilder _to;
    private bool _hasMember;
    private bool _hasItem;

    public Members(StringBuilder to)
    {
        _to = to;
        _to.Append('{');
    }

    public void String(string name, string value)
    {
        Name(name);
        ConditionJson.WriteString(_to, value);
    }

    public void Integer(string name, int value)
    {
        Name(name);
        _to.Append(CultureInfo.InvariantCulture, $"{value}");
    }

    public void Raw(string name, string canonicalJson)
    {
        Name(name);
        _to.Append(canonicalJson);
    }

    public void Condition(string name, Condition value)
    {
        Name(name);
        ConditionJson.Write(_to, value);
    }

    public void Open(string name)
    {
        Name(name);
        _to.Append('[');
        _hasItem = false;
    }

    public Members Item()
    {
        Separate();
        return new(_to);
    }

    public void ItemString(string value)
    {
        Separate();
        ConditionJson.WriteString(_to, value);
    }

    public void Close() => _to.Append(']');

    public void End() => _to.Append('}');

    public override string ToString() => _to.ToString();

    private void Separate()
    {
        if (_hasItem) _to.Append(',');
        _hasItem = true;
    }

    private void Name(string name)
    {
        if (_hasMember) _to.Append(',');
        _hasMember = true;
        _to.Append('"').Append(name).Append("\":");
    }
}
