namespace TrustedDataSpace.Protocol.Identity;

/// <summary>What a key of a DID document may be used for (DID Core 1.0 §5.3). A key serves for nothing that its document does not name it for.</summary>
public enum VerificationRelationship
{
    /// <summary>To prove who one is.</summary>
    Authentication,

    /// <summary>To sign what one says, such as a credential.</summary>
    AssertionMethod,

    /// <summary>To use a right that was given to the DID.</summary>
    CapabilityInvocation,

    /// <summary>To encrypt to the DID. Such a key serves for nothing else: it never signs.</summary>
    KeyAgreement,
}
