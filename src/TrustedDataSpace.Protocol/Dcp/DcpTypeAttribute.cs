namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>The <c>type</c> of a record: written always and demanded always.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class DcpTypeAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
