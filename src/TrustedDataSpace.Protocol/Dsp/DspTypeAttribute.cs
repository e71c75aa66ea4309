namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The <c>@type</c> of a record: written always, and demanded where the schema demands it.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class DspTypeAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    /// <summary>False where the schema lets a reader do without.</summary>
    public bool Required { get; init; } = true;
}
