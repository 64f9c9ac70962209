namespace Emend.Logic.Conditions;

/// <summary>What a condition looks at.</summary>
public enum OperandKind : byte
{
    /// <summary>A context feature by name.</summary>
    Feature,
    /// <summary>Label of the action the agent proposes (text form <c>proposed.action</c>).</summary>
    ProposedAction,
    /// <summary>An argument of the proposed action by dotted path (text form <c>proposed.args.PATH</c>).</summary>
    ProposedArgument,
    /// <summary>The agent's confidence, 0 to 1 (text form <c>confidence</c>); missing when the agent gave none.</summary>
    Confidence,
    /// <summary>The kind of task (text form <c>taskType</c>).</summary>
    TaskType,
    /// <summary>The words of the input text (text form <c>text</c>); only <c>contains</c>, <c>exists</c> and <c>missing</c> apply.</summary>
    Text,
    /// <summary>
    /// The whole case as the agent put it, by its fingerprint under a salt (text form <c>case["SALT"]</c>): what a remembered correction compares with.
    /// A rule that changes the action does not make it another case.
    /// </summary>
    Case,
}

/// <summary>What a condition looks at: a feature, the proposed action or one of its arguments, confidence, task type, or the words of the text.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Name">Feature name, argument path, or salt of a case's fingerprint; empty for the other kinds.</param>
public readonly record struct Operand(OperandKind Kind, string Name) : IComparable<Operand>
{
    /// <summary>Label of the proposed action.</summary>
    public static Operand ProposedAction { get; } = new(OperandKind.ProposedAction, "");
    /// <summary>The agent's confidence.</summary>
    public static Operand Confidence { get; } = new(OperandKind.Confidence, "");
    /// <summary>The kind of task.</summary>
    public static Operand TaskType { get; } = new(OperandKind.TaskType, "");
    /// <summary>The words of the input text.</summary>
    public static Operand Text { get; } = new(OperandKind.Text, "");

    /// <summary>A context feature.</summary>
    public static Operand Feature(string name) => new(OperandKind.Feature, name);

    /// <summary>An argument of the proposed action, by dotted path.</summary>
    public static Operand Argument(string path) => new(OperandKind.ProposedArgument, path);

    /// <summary>The whole case, by its fingerprint under a salt.</summary>
    public static Operand Case(string salt) => new(OperandKind.Case, salt);

    /// <inheritdoc/>
    public int CompareTo(Operand other) => Kind != other.Kind ? Kind.CompareTo(other.Kind) : string.CompareOrdinal(Name, other.Name);

    /// <summary>Orders by kind, then by name.</summary>
    public static bool operator <(Operand left, Operand right) => left.CompareTo(right) < 0;
    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(Operand left, Operand right) => left.CompareTo(right) > 0;
    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(Operand left, Operand right) => left.CompareTo(right) <= 0;
    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(Operand left, Operand right) => left.CompareTo(right) >= 0;
}
