namespace Emend.Engine;

/// <summary>Why a use case said no. Subtypes are sentences (<c>GuardrailIsRed</c>); the code is stable and documented.</summary>
/// <param name="Code">Stable code, <c>stage.reason</c>, e.g. <c>release.guardrail-red</c>.</param>
/// <param name="Message">What, where and how to fix it, for people.</param>
public abstract record Refusal(string Code, string Message);
