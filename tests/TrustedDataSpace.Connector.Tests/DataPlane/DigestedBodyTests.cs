using System.Text;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

public sealed class DigestedBodyTests
{
    private const string Text = "the whole body";

    [Theory]
    [InlineData(true, 5)]
    [InlineData(true, 100)]
    [InlineData(false, 5)]
    [InlineData(false, 100)]
    public async Task The_body_that_was_signed_passes(bool isLengthKnown, int piece) =>
        Assert.Equal((Text, null), await ReadAsync(Text, isLengthKnown, piece));

    [Theory]
    [InlineData("the whole bodY", true, 5)]
    [InlineData("the whole bodY", true, 100)]
    [InlineData("the whole", true, 5)]
    [InlineData("the whole body and more", true, 5)]
    [InlineData("The whole body", false, 5)]
    [InlineData("the whole", false, 100)]
    public async Task Of_another_body_nobody_gets_the_whole(string body, bool isLengthKnown, int piece)
    {
        var (read, refusal) = await ReadAsync(body, isLengthKnown, piece);
        Assert.Equal("content-digest", refusal);
        Assert.True(!isLengthKnown || read.Length < body.Length, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha-256=::")]
    [InlineData("sha-512=:AAAA:")]
    [InlineData("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, sha-512=:AAAA:")]
    [InlineData("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU:")]
    [InlineData(" sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")]
    public void A_digest_that_is_written_otherwise_is_refused(string? header) =>
        Assert.Equal("content-digest", Assert.Throws<RefusalException>(() => DigestedBody.Over(Stream.Null, header, null)).Term);

    private static async Task<(string Read, string? Refusal)> ReadAsync(string body, bool isLengthKnown, int piece)
    {
        var bytes = Encoding.ASCII.GetBytes(body);
        await using var stream = DigestedBody.Over(new MemoryStream(bytes), DigestedBody.HeaderFor(Encoding.ASCII.GetBytes(Text)), isLengthKnown ? bytes.Length : null);
        var read = new StringBuilder();
        var buffer = new byte[piece];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer)) > 0)
            {
                read.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }

            return (read.ToString(), null);
        }
        catch (RefusalException refusal)
        {
            return (read.ToString(), refusal.Term);
        }
    }
}
