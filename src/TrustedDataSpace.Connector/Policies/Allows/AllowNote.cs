namespace TrustedDataSpace.Connector.Policies.Allows;

/// <summary>A decision that allowed a use, on its way to where its question is kept. The question leaves memory when it is stored.</summary>
internal sealed class AllowNote(string id, ReadOnlyMemory<byte> question, string revision, string permission, string? purpose, PolicyStage stage)
{
    public string Id => id;

    public string Revision => revision;

    public string Permission => permission;

    public string? Purpose => purpose;

    public PolicyStage Stage => stage;

    /// <summary>Whether its question is kept at all.</summary>
    public bool HasQuestion { get; } = !question.IsEmpty;

    /// <summary>The document <c>input</c>; empty once it is stored.</summary>
    public ReadOnlyMemory<byte> Question { get; private set; } = question;

    /// <summary>The last interval in which it is known to have been used: looked at with each request, without a lock.</summary>
    public long LastInterval { get; set; }

    /// <summary>It is stored.</summary>
    public void Forget() => Question = default;
}
