using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Processes;
using TrustedDataSpace.Hosting.Storage;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Processes;

/// <summary>What keeps two services out of one process.</summary>
public sealed class CollisionTests
{
    private static readonly ServiceSettings First = Settings("city", "data-a");
    private static readonly ServiceSettings Second = Settings("grid", "data-b");

    [Fact]
    public void Services_with_nothing_in_common_go_together() => Assert.Empty(Collisions.Among([First, Second, Settings("city", "data-c", "did:web:other.example")]));

    [Fact]
    public void A_participant_has_one_service_in_a_space() => Refused(Second with { Space = First.Space }, "Participant:Id and Space:Id");

    [Theory]
    [InlineData("data-a")]
    [InlineData("./data-a/")]
    [InlineData("x/../data-a")]
    public void Each_has_its_own_data_folder(string folder) => Refused(Second with { Storage = new StorageOptions { Folder = folder } }, "Storage:Folder");

    [Theory]
    [InlineData("data-a/inside")]
    [InlineData(".")]
    public void No_data_folder_lies_inside_another(string folder) => Refused(Second with { Storage = new StorageOptions { Folder = folder } }, "lies inside");

    [Fact]
    public void A_name_that_begins_alike_is_another_folder() => Assert.Empty(Collisions.Among([First, Second with { Storage = new StorageOptions { Folder = "data-a2" } }]));

    [Theory]
    [InlineData("http://127.0.0.1:8181", "http://127.0.0.1:8181", true)]
    [InlineData("http://127.0.0.1:8181", "http://localhost:8181", true)]
    [InlineData("https://0.0.0.0:8443", "https://127.0.0.1:8443", true)]
    [InlineData("https://127.0.0.1:8443", "https://[::]:8443", true)]
    [InlineData("http://127.0.0.1:8181", "http://127.0.0.1:8182", false)]
    [InlineData("https://10.0.0.1:8443", "https://10.0.0.2:8443", false)]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:0", false)]
    public void Each_has_its_own_listener(string one, string other, bool collide)
    {
        var found = Collisions.Among([First with { Listen = new ListenOptions { Url = one } }, Second with { Listen = new ListenOptions { Url = other } }]).ToList();
        Assert.Equal(collide, found.Count == 1 && found[0].Contains("Listen:Url", StringComparison.Ordinal));
        Assert.Equal(collide ? 1 : 0, found.Count);
    }

    [Fact]
    public void Each_has_its_own_public_address() => Refused(
        Second with { Listen = new ListenOptions { PublicUrl = "https://Hub.example/" } }, "Listen:PublicUrl", First with { Listen = new ListenOptions { PublicUrl = "https://hub.example" } });

    [Fact]
    public void Each_has_its_own_master_key()
    {
        Refused(Second with { Keys = new KeyOptions { MasterKeyFile = "./keys/one" } }, "Keys:MasterKeyFile", First with { Keys = new KeyOptions { MasterKeyFile = "keys/one" } });
        Refused(Second with { Keys = new KeyOptions { MasterKeyFile = "./data-a.master-key" } }, "Keys:MasterKeyFile", First with { Storage = new StorageOptions { Folder = "x/../data-a/" } });
        Refused(Second, "Keys:MasterKeyFile", First with { Keys = new KeyOptions { MasterKeyFile = "data-b.master-key" } });
        Assert.Empty(Collisions.Among([First, Second with { Keys = new KeyOptions { MasterKeyFile = "other.master-key" } }]));
        Refused(Second with { Keys = new KeyOptions { MasterKey = "secret-secret" } }, "Keys:MasterKey", First with { Keys = new KeyOptions { MasterKey = "secret-secret" } });
    }

    [Fact]
    public void Nothing_that_opens_the_one_opens_the_other()
    {
        Refused(Second with { Management = new ManagementOptions { Token = "secret-secret" } }, "Management:Token", First with { Management = new ManagementOptions { Token = "secret-secret" } });
        var issuer = new ManagementOptions { Issuer = "https://id.example", Audience = "hub" };
        Refused(Second with { Management = issuer with { Issuer = "https://id.example/" } }, "Management:Audience", First with { Management = issuer });
        Assert.Empty(Collisions.Among([First with { Management = issuer }, Second with { Management = issuer with { Audience = "hub-grid" } }]));
    }

    [Fact]
    public void All_of_them_are_named_at_once_and_no_secret_with_them()
    {
        var shared = First with { Keys = new KeyOptions { MasterKey = "secret-secret" }, Management = new ManagementOptions { Token = "secret-secret" } };
        var found = Collisions.Among([shared, shared]).ToList();
        Assert.Equal(4, found.Count);
        Assert.DoesNotContain("secret-secret", string.Join(' ', found), StringComparison.Ordinal);
    }

    private static ServiceSettings Settings(string space, string folder, string participant = "did:web:hub.example") => new()
    {
        Space = new SpaceOptions { Id = space },
        Participant = new ParticipantOptions { Id = participant },
        Storage = new StorageOptions { Folder = folder },
    };

    private static void Refused(ServiceSettings other, string named, ServiceSettings? first = null)
    {
        var problem = Assert.Single(Collisions.Among([first ?? First, other]));
        Assert.Contains(named, problem, StringComparison.Ordinal);
        Assert.Contains("did:web:hub.example in the space", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-secret", problem, StringComparison.Ordinal);
    }
}
