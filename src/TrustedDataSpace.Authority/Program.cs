using TrustedDataSpace.Authority;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;

return await ServiceHost.RunAsync(() => AuthorityHost.Build(SettingsLoader.Load<AuthoritySettings>(args)));
