namespace TrustedDataSpace.Policy.Rego;

/// <summary>The value <c>null</c>.</summary>
public sealed class RegoNull : RegoValue
{
    /// <summary>The only instance.</summary>
    public static readonly RegoNull Instance = new();

    private RegoNull()
    {
    }

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Null;

    /// <inheritdoc/>
    public override bool Equals(RegoValue? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => 17;
}

/// <summary><c>true</c> or <c>false</c>; one instance each.</summary>
public sealed class RegoBoolean : RegoValue
{
    /// <summary>The value <c>true</c>.</summary>
    public static readonly RegoBoolean True = new(true);

    /// <summary>The value <c>false</c>.</summary>
    public static readonly RegoBoolean False = new(false);

    private RegoBoolean(bool value) => Value = value;

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Boolean;

    /// <summary>The value as a <see cref="bool"/>.</summary>
    public bool Value { get; }

    /// <summary>The instance for a <see cref="bool"/>.</summary>
    public static RegoBoolean Of(bool value) => value ? True : False;

    /// <inheritdoc/>
    public override bool Equals(RegoValue? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value ? 31 : 29;
}

/// <summary>Text.</summary>
public sealed class RegoString : RegoValue
{
    internal static readonly RegoString Empty = new("");

    private int hash;

    /// <summary>Makes a string value.</summary>
    public RegoString(string value) => Value = value;

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.String;

    /// <summary>The text.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override bool Equals(RegoValue? other) =>
        ReferenceEquals(this, other) || (other is RegoString text && string.Equals(Value, text.Value, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (hash == 0)
        {
            hash = Value.GetHashCode(StringComparison.Ordinal);
        }

        return hash;
    }
}
