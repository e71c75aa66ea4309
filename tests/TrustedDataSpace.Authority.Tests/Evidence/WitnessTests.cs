using System.Net;
using Dapper;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using Xunit;
using static TrustedDataSpace.Authority.Tests.Evidence.RestoredAuthority;

namespace TrustedDataSpace.Authority.Tests.Evidence;

public sealed class WitnessTests
{
    [Fact]
    public async Task A_member_signs_onwards_only_and_a_checkpoint_keeps_as_many_signatures_as_it_is_shown_with()
    {
        await using var space = await RestoredAuthority.StartAsync();
        var (authority, alice, bob) = (space.Authority, space.Alice, space.Bob);
        var older = Read(space.Published);
        var newer = Read((await space.AppendAsync(alice, 1)).Checkpoint);
        await SignAsync(alice, newer);
        await SignAsync(alice, older);
        Assert.Equal((1, 0), (Count(newer), Count(older)));

        await authority.Database.WriteAsync(unit =>
        {
            for (var i = 0; i < 99; i++)
            {
                unit.Execute("INSERT INTO log_cosignatures (space_id, size, witness, line) VALUES (@Space, @Size, @witness, '')", new { unit.Space, newer.Size, witness = "did:web:" + i });
            }
        });
        await SignAsync(bob, newer);
        Assert.Equal(100, Count(newer));

        async Task SignAsync(TestMember member, Checkpoint checkpoint)
        {
            using var sent = await authority.SendAsync(HttpMethod.Post, AuthorityRoutes.EvidenceCosignatures, await authority.TokenAsync(member), Cosignature.Create(checkpoint, member.Key, member.Id));
            Assert.Equal(HttpStatusCode.NoContent, sent.StatusCode);
        }

        long Count(Checkpoint checkpoint) => authority.Database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM log_cosignatures WHERE size = @Size", new { checkpoint.Size }));
    }
}
