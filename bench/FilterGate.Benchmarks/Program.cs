using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using FilterGate.Benchmarks;

// What is no matter of nanoseconds a call: compiling, loading, swapping under a reader, and a peer that is a process.
if (args is ["--figures", .. var rest]) return ListFigures.Run(rest);
if (args is ["--what-if", .. var trial]) return await WhatIfFigures.RunAsync(trial);
if (args is ["--events", .. var events]) return await EventFigures.RunAsync(events);
if (args is ["--review", .. var store]) return await ReviewFigures.RunAsync(store);

// Short by default, and in this process instead of one built for each method: all of it takes a minute or two. `--job medium` and the like ask for more.
var config = args.Contains("--job", StringComparer.Ordinal) || args.Contains("-j", StringComparer.Ordinal)
    ? DefaultConfig.Instance
    : DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
return 0;
