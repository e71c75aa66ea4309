namespace TrustedDataSpace.Policy.Rego;

/// <summary>One Rego file.</summary>
/// <param name="FileName">The name that errors show.</param>
/// <param name="Text">The text of the module.</param>
public sealed record RegoSource(string FileName, string Text)
{
    /// <summary>The text of a line, counted from one; null beyond the end.</summary>
    internal string? Line(int number)
    {
        var lines = Text.Split('\n');
        return number >= 1 && number <= lines.Length ? lines[number - 1].TrimEnd('\r') : null;
    }
}

/// <summary>A place in a Rego file.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">Counted from one.</param>
/// <param name="Column">Counted from one.</param>
public readonly record struct SourceLocation(string File, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}";
}
