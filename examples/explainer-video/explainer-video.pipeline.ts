/** An article -> outline, script, pictures, voice -> one video with captions. */
import { definePipeline } from '@millrace/core';
import { animated, assembled, drawn, outlined, params, researched, scripted, storyboarded, voiced } from './shapes.ts';

/** A person judges what a stage made before it counts. If nobody does in time the run is paused, not ended. */
const judgedWithin = (timeout: '60m' | '120m') => ({ on: 'result', timeout, onTimeout: 'reject' }) as const;

/** The stages' code is loaded when it runs: it must not make `npm start` slower. */
export default definePipeline('explainer-video', {
  description: 'An article -> outline, script, pictures, voice -> one video with captions',
  params,
  overlap: 'queue',
  defaults: { queue: 'video', retry: { maximumAttempts: 3, initialInterval: '2s' } },
})
  .stage('outline', {
    timeout: '30m',
    output: outlined,
    run: async (ctx) => (await import('./outline.ts')).outline(ctx, ctx.params),
  })
  .stage('research', {
    dependsOn: ['outline'],
    timeout: '45m',
    output: researched,
    run: async (ctx) => (await import('./research.ts')).research(ctx, ctx.inputs.outline),
  })
  .stage('script', {
    dependsOn: ['outline', 'research'],
    // The script can be edited while it is approved.
    gate: { ...judgedWithin('60m'), form: scripted },
    timeout: '60m',
    output: scripted,
    run: async (ctx) => (await import('./script.ts')).script(ctx, ctx.inputs.outline, ctx.inputs.research),
  })
  .stage('storyboard', {
    dependsOn: ['outline', 'research', 'script'],
    gate: judgedWithin('120m'),
    timeout: '120m',
    output: storyboarded,
    run: async (ctx) =>
      (await import('./storyboard.ts')).storyboard(ctx, {
        outlined: ctx.inputs.outline,
        researched: ctx.inputs.research,
        scripted: ctx.inputs.script,
      }),
  })
  .stage('assets', {
    dependsOn: ['outline', 'storyboard'],
    gate: judgedWithin('120m'),
    timeout: '180m',
    output: drawn,
    run: async (ctx) => (await import('./assets.ts')).assets(ctx, ctx.inputs.outline, ctx.inputs.storyboard),
  })
  .stage('animatics', {
    dependsOn: ['outline', 'storyboard', 'assets'],
    timeout: '90m',
    output: animated,
    run: async (ctx) =>
      (await import('./animatics.ts')).animatics(ctx, {
        outlined: ctx.inputs.outline,
        board: ctx.inputs.storyboard,
        drawn: ctx.inputs.assets,
      }),
  })
  .stage('audio', {
    dependsOn: ['outline', 'script', 'animatics'],
    gate: judgedWithin('60m'),
    timeout: '60m',
    output: voiced,
    run: async (ctx) => (await import('./audio.ts')).audio(ctx, ctx.inputs.outline, ctx.inputs.script),
  })
  .stage('assemble', {
    dependsOn: ['outline', 'storyboard', 'assets', 'animatics', 'audio'],
    timeout: '120m',
    output: assembled,
    run: async (ctx) =>
      (await import('./assemble.ts')).assemble(ctx, {
        outlined: ctx.inputs.outline,
        board: ctx.inputs.storyboard,
        drawn: ctx.inputs.assets,
        animated: ctx.inputs.animatics,
        voiced: ctx.inputs.audio,
      }),
  })
  .stage('acceptance', {
    dependsOn: ['outline', 'research', 'script', 'storyboard', 'assets', 'animatics', 'audio', 'assemble'],
    timeout: '30m',
    run: async (ctx) => {
      const { outline, research, script, storyboard, assets, animatics, audio, assemble } = ctx.inputs;
      return (await import('./acceptance.ts')).acceptance(ctx, {
        outlined: outline,
        voiced: audio,
        assembled: assemble,
        degraded: [outline, assets, animatics, audio, assemble].flatMap(({ degraded }) => degraded),
        files: [
          outline.outline,
          research.research,
          script.script,
          storyboard.storyboard,
          assets.plan,
          ...assets.pictures.map(({ file }) => file),
          ...animatics.scenes.map(({ file }) => file),
          audio.voiceover,
          audio.captions,
          assemble.video,
        ],
      });
    },
  });
