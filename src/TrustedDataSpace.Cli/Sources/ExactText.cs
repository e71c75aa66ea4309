using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>Texts of an exact number of tokens, so that what a sample costs is known before it runs. The tokenizer confirms each.</summary>
internal static class ExactText
{
    // Each is one token behind a space, whatever stands before it.
    private static readonly string[] Words = ["the", "alloy", "shows", "high", "strength", "after", "treatment", "and", "the", "report", "gives", "this", "value", "for", "each", "sample", "in", "the", "same", "test"];

    /// <summary>The text, and words behind it until it has that many tokens.</summary>
    /// <exception cref="InvalidOperationException">It has more already.</exception>
    public static string Of(string text, long tokens)
    {
        var missing = tokens - Tokenizer.BuiltIn.Count(text);
        var made = text + string.Concat(Enumerable.Range(0, (int)Math.Max(0, missing)).Select(i => " " + Words[i % Words.Length]));
        return Tokenizer.BuiltIn.Count(made) == tokens ? made : throw new InvalidOperationException($"No text of {tokens} tokens begins with this one: {text}");
    }
}
