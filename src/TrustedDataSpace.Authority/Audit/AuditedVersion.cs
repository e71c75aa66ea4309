namespace TrustedDataSpace.Authority.Audit;

/// <summary>Which version of a product an agreement is about, as SQL: the offer from which its provider says that it came, under which that provider has published a version.</summary>
internal static class AuditedVersion
{
    /// <summary>From agreements <c>g</c> to offers <c>o</c>; where the log does not say, there is none.</summary>
    public const string JoinOffers =
        """
        LEFT JOIN audit_agreed s ON s.space_id = g.space_id AND s.agreement = g.agreement AND s.source = g.provider
        LEFT JOIN audit_offers o ON o.space_id = g.space_id AND o.source = g.provider AND o.offer = s.offer AND o.product = g.product
        """;

    /// <summary>From rows with an agreement to agreements <c>g</c> and offers <c>o</c>.</summary>
    public static string Join(string rows) => $"LEFT JOIN audit_agreements g ON g.space_id = {rows}.space_id AND g.agreement = {rows}.agreement\n{JoinOffers}";
}
