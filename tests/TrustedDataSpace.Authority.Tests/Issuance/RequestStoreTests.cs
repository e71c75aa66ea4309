using TrustedDataSpace.Authority.Issuance;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Issuance;

public sealed class RequestStoreTests
{
    private const string Holder = "did:web:alice.example";

    [Fact]
    public async Task Rejections_do_not_push_out_the_request_that_renewal_answers_again()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (answered, kept) = await authority.Database.WriteAsync(unit =>
        {
            Answered(unit, 0, "a", CredentialStatus.Issued);
            Answered(unit, 1, "a", CredentialStatus.Issued);
            Answered(unit, 2, "b", CredentialStatus.Issued);
            for (var i = 3; i < 250; i++)
            {
                Answered(unit, i, "c", CredentialStatus.Rejected);
            }

            RequestStore.Insert(unit, Row(250, "c"));
            return (RequestStore.LastAnswered(unit).Select(row => row.IssuerPid).Order(), unit.Find<long>("SELECT count(*) FROM credential_requests"));
        });

        // The newest of each thing, a hundred finished ones and the one that is under way.
        Assert.Equal([Pid(1), Pid(2)], answered);
        Assert.Equal(103, kept);
    }

    private static void Answered(UnitOfWork unit, int number, string objects, string state)
    {
        RequestStore.Insert(unit, Row(number, objects));
        RequestStore.Finish(unit, Pid(number), state, reason: null);
    }

    private static RequestRow Row(int number, string objects) =>
        new() { IssuerPid = Pid(number), Holder = Holder, HolderPid = "pid", Objects = objects, State = CredentialStatus.Received };

    private static string Pid(int number) => $"{number:0000}";
}
