using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Hosting.Tests;

internal static class TestService
{
    public static ServiceSettings Settings(TempFolder folder) => new()
    {
        Space = new SpaceOptions { Id = "test-space" },
        Participant = new ParticipantOptions { Id = "did:web:service.example", Name = "Service" },
        Storage = new StorageOptions { Folder = folder["data"] },
        Egress = new EgressOptions { AllowPrivateAddresses = true },
    };

    public static Database Open(TempFolder folder, TimeProvider? clock = null) => new(
        new StorageOptions { Folder = folder["data"] },
        "test-space",
        clock ?? new ManualClock(),
        [new SchemaComponent("hosting", typeof(ServiceHost).Assembly)]);
}
