using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Keys;

public sealed class AgreementKeysTests : IDisposable
{
    private const string Type = "test+jwe";

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_replaced_key_opens_what_was_encrypted_to_it_until_the_overlap_is_over()
    {
        await using var database = TestService.Open(folder, clock);
        var settings = TestService.Settings(folder);
        using var keys = new KeyStore(database, settings);
        using var agreement = new AgreementKeys(keys, settings, clock);
        var box = Jwe.Encrypt("secret"u8, agreement.Current, Type);
        var first = agreement.Current.Kid;

        await database.WriteAsync(agreement.Replace);
        Assert.NotEqual(first, agreement.Current.Kid);
        Assert.Equal("secret", Encoding.ASCII.GetString(Jwe.Decrypt(box, agreement.Find, Type)));
        Assert.Equal("secret", Encoding.ASCII.GetString(Jwe.Decrypt(Jwe.Encrypt("secret"u8, agreement.Current, Type), agreement.Find, Type)));

        clock.Advance(settings.Keys.Overlap);
        Assert.Null(agreement.Find(first));
        Assert.NotNull(agreement.Find(agreement.Current.Kid));

        // With the next replacement its private part is destroyed.
        await database.WriteAsync(agreement.Replace);
        Assert.Equal("", database.Read(connection => connection.QuerySingle<string>("SELECT sealed FROM signing_keys WHERE kid = @first", new { first })));
    }

    [Fact]
    public async Task The_key_outlives_a_restart_and_is_not_the_one_that_signs()
    {
        var settings = TestService.Settings(folder);
        string kid, box;
        await using (var database = TestService.Open(folder, clock))
        {
            using var keys = new KeyStore(database, settings);
            using var agreement = new AgreementKeys(keys, settings, clock);
            (kid, box) = (agreement.Current.Kid, Jwe.Encrypt("secret"u8, agreement.Current, Type));
            Assert.NotEqual(keys.Signing("participant").Kid, kid);
            Assert.DoesNotContain(kid, keys.Accepted("participant", clock.GetUtcNow()).Select(key => key.Kid));
            Assert.True(keys.IsAccepted("participant", keys.Signing("participant").Kid, clock.GetUtcNow()));
            Assert.False(keys.IsAccepted("participant", kid, clock.GetUtcNow()));
        }

        await using var again = TestService.Open(folder, clock);
        using var reopened = new KeyStore(again, settings);
        using var found = new AgreementKeys(reopened, settings, clock);
        Assert.Equal(kid, found.Current.Kid);
        Assert.Equal("secret", Encoding.ASCII.GetString(Jwe.Decrypt(box, found.Find, Type)));
        Assert.Null(found.Find(reopened.Signing("participant").Kid));
    }
}
