namespace TrustedDataSpace.Protocol.Authority;

/// <summary>Who stands behind a participant. For the operator of the space; other members do not see it, and the log has only a commitment to it.</summary>
public sealed record Organisation
{
    /// <summary>Its name in the register of organisations, 200 characters at most.</summary>
    public required string LegalName { get; init; }

    /// <summary>Unified social credit code (统一社会信用代码, GB 32100), checked by its last character; null elsewhere than in China.</summary>
    public string? CreditCode { get; init; }

    /// <summary>Identifier of its connector (NDI-TR-2025-04), when a node has assigned one: its subject is the credit code.</summary>
    public string? ConnectorCode { get; init; }

    /// <summary>Whom to write or call.</summary>
    public required OrganisationContact Contact { get; init; }

    /// <summary>The responsible person (经办人).</summary>
    public required ResponsiblePerson Responsible { get; init; }

    /// <summary>Redacted: it names persons.</summary>
    public override string ToString() => "Organisation";
}

/// <summary>Where an organisation can be reached: by at least one of the two.</summary>
public sealed record OrganisationContact
{
    /// <summary>Mail address, 200 characters at most.</summary>
    public string? Email { get; init; }

    /// <summary>Telephone number with country code, 40 characters at most.</summary>
    public string? Phone { get; init; }
}

/// <summary>The person who acts for the organisation (经办人), and by what right.</summary>
public sealed record ResponsiblePerson
{
    /// <summary>Name, 100 characters at most.</summary>
    public required string Name { get; init; }

    /// <summary>Reference of the authorisation (授权书) that the operator has been shown: its number or its hash, 200 characters at most.</summary>
    public required string Authorisation { get; init; }

    /// <summary>Last day of the authorisation; null while it has no end.</summary>
    public DateOnly? AuthorisedUntil { get; init; }
}

/// <summary>Why a step was taken; goes into the evidence as it is written.</summary>
/// <param name="Reason">400 characters at most; null for none.</param>
public sealed record MembershipStep(string? Reason = null);
