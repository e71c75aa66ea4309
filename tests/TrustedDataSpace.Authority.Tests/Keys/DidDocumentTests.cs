using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Keys;

public sealed class DidDocumentTests
{
    [Theory]
    [InlineData("did:web:authority.example", "/.well-known/did.json")]
    [InlineData("did:web:authority.example%3A8443:spaces:one", "/spaces/one/did.json")]
    public async Task The_document_is_where_did_web_looks_for_it(string id, string path)
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Participant = new ParticipantOptions { Id = id } });
        using var answer = await authority.SendAsync(HttpMethod.Get, path);
        var document = DidDocument.Read(await answer.Content.ReadAsByteArrayAsync(), Did.Parse(id));
        Assert.Equal([(await authority.KeyAsync()).Kid], document.Keys.Select(key => key.Key.Kid));
    }

    [Fact]
    public async Task The_next_key_stands_in_the_document_before_it_signs()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var begun = await authority.OkAsync<KeyList>(HttpMethod.Post, KeyRoutes.Rotation, AuthorityUnderTest.Operator);
        using var answer = await authority.SendAsync(HttpMethod.Get, "/.well-known/did.json");
        var document = DidDocument.Read(await answer.Content.ReadAsByteArrayAsync(), Did.Parse(AuthorityUnderTest.Id));
        Assert.Equal(begun.Keys.Select(key => key.Kid), document.Keys.Select(key => key.Key.Kid));
    }
}
