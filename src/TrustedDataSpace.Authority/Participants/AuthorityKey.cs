namespace TrustedDataSpace.Authority.Participants;

/// <summary>The authority has one signing key: for tokens, credentials, checkpoints and bundles. The type in each signature keeps them apart. When it is replaced, the log's checkpoints stay with the first one.</summary>
internal static class AuthorityKey
{
    public const string Name = "authority";
}
