using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>Remembers assertions until they end, durably: a copied one is refused after a restart too.</summary>
internal static class UsedAssertions
{
    /// <summary>Twice what the verifier allows two clocks to differ.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    public static void Use(UnitOfWork unit, string client, string jti, DateTimeOffset endsAt)
    {
        unit.Execute(
            "DELETE FROM used_assertions WHERE space_id = @Space AND ends_at < @Now",
            new { unit.Space, Now = unit.Now.ToUnixTimeMilliseconds() });
        var fresh = unit.Execute(
            "INSERT INTO used_assertions (space_id, client, jti, ends_at) VALUES (@Space, @client, @jti, @Ends) ON CONFLICT DO NOTHING",
            new { unit.Space, client, jti, Ends = (endsAt + Margin).ToUnixTimeMilliseconds() });
        if (fresh == 0)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "The client assertion is refused, jti: it was used before.") { Term = "jti" };
        }
    }
}
