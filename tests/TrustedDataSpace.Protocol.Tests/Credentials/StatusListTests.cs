using System.Buffers.Text;
using System.IO.Compression;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Credentials;

public sealed class StatusListTests : IDisposable
{
    private static readonly Uri Address = new("https://authority.example/status/1");

    private readonly Parties parties = new();

    public void Dispose() => parties.Dispose();

    [Theory]
    [InlineData(CredentialProfile.Vc20)]
    [InlineData(CredentialProfile.Vc11)]
    public void List_is_read_as_it_was_written(CredentialProfile profile)
    {
        var list = new StatusList(1_000_000);
        long[] set = [0, 7, 8, 94_567, 999_999];
        Array.ForEach(set, index => list.Set(index, true));
        list.Set(8, false);
        var read = StatusList.Decode(list.Encode(profile));
        Assert.Equal(1_000_000, read.Length);
        Assert.Equal([0, 7, 94_567, 999_999], Enumerable.Range(0, read.Length).Where(index => read.IsSet(index)).Select(index => (long)index));
    }

    [Fact]
    public void First_entry_is_the_leftmost_bit() => Assert.True(StatusList.Decode(Encoded(bytes => bytes[0] = 0x80)).IsSet(0));

    [Theory]
    [InlineData("u", CredentialProfile.Vc20)]
    [InlineData("H4s", CredentialProfile.Vc11)]
    public void Only_model_20_has_the_mark_of_multibase(string start, CredentialProfile profile) => Assert.StartsWith(start, new StatusList().Encode(profile), StringComparison.Ordinal);

    [Fact]
    public void Padded_base64_is_read_too()
    {
        var url = new StatusList().Encode(CredentialProfile.Vc11);
        var text = url.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (url.Length % 4)) % 4);
        Assert.False(StatusList.Decode(text).IsSet(1));
    }

    [Fact]
    public void List_that_is_too_short_too_long_or_none_is_refused()
    {
        Refused(() => StatusList.Decode(Encoded(_ => { }, (StatusList.MinLength / 8) - 1)));
        Refused(() => StatusList.Decode(Encoded(_ => { }, (StatusList.MaxLength / 8) + 1)));
        Refused(() => StatusList.Decode("u"));
        Refused(() => StatusList.Decode("not base64!"));
        Refused(() => StatusList.Decode("uAAAA"));
        Refused(() => StatusList.Decode(new string('A', 5 * 1024 * 1024)));
    }

    [Fact]
    public void Bomb_is_not_unpacked()
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            var block = new byte[1024 * 1024];
            for (var i = 0; i < 256; i++)
            {
                gzip.Write(block);
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(() => StatusList.Decode("u" + Base64Url.EncodeToString(buffer.ToArray())));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 * 1024 * 1024);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(StatusList.MinLength)]
    [InlineData(long.MaxValue)]
    public void Entry_that_is_not_there_is_refused(long index) =>
        Assert.Equal("credentialStatus.statusListIndex", Assert.Throws<RefusalException>(() => new StatusList().IsSet(index)).Term);

    [Theory]
    [InlineData(CredentialProfile.Vc20)]
    [InlineData(CredentialProfile.Vc11)]
    public async Task Published_list_says_the_status_of_the_credential_that_points_to_it(CredentialProfile profile)
    {
        var list = new StatusList();
        list.Set(94_567, true);
        var (published, credential) = (await parties.VerifyAsync(Published(list, profile)), await CredentialAsync(profile));
        Assert.True(StatusListCredential.Read(published, credential, credential.Status[0]).IsSet(credential.Status[0].Index));
    }

    [Fact]
    public async Task List_of_another_issuer_address_purpose_or_kind_is_refused()
    {
        var credential = await CredentialAsync(CredentialProfile.Vc20);
        var list = await parties.VerifyAsync(Published(new StatusList(), CredentialProfile.Vc20));
        var entry = credential.Status[0];
        Refused("credentialStatus.issuer", () => StatusListCredential.Read(list with { Issuer = Parties.Stranger }, credential, entry));
        Refused("credentialStatus.id", () => StatusListCredential.Read(list, credential, entry with { ListCredential = new Uri("https://authority.example/status/2") }));
        Refused("credentialStatus.purpose", () => StatusListCredential.Read(list, credential, entry with { Purpose = CredentialStatusEntry.Suspension }));
        Refused("credentialStatus.list", () => StatusListCredential.Read(credential, credential, entry));
    }

    private static void Refused(Func<object> attempt) => Refused("encodedList", attempt);

    private static void Refused(string term, Func<object> attempt) => Assert.Equal(term, Assert.Throws<RefusalException>(attempt).Term);

    private static string Encoded(Action<byte[]> change, int length = StatusList.MinLength / 8)
    {
        var bits = new byte[length];
        change(bits);
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bits);
        }

        return "u" + Base64Url.EncodeToString(buffer.ToArray());
    }

    private string Published(StatusList list, CredentialProfile profile) => StatusListCredential.Sign(
        list,
        new StatusListPublication(Address, Parties.Issuer, CredentialStatusEntry.Revocation, Parties.Now, Parties.Now.AddMinutes(5)),
        profile,
        parties.IssuerKey);

    private Task<VerifiableCredential> CredentialAsync(CredentialProfile profile) => parties.VerifyAsync(CredentialJwt.Sign(Parties.Content, profile, parties.IssuerKey));
}
