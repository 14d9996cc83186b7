// docfx 写出一页之前，把正文里在 GitHub 上才通的链接改成网站上也通的。
exports.preTransform = function (model) {
  // 发布时给出仓库的地址（--metadata _repo=…），源文件就链到那里；不给，链到网站里的副本。
  const repo = model._repo;

  // 舞台的图片换成舞台自己：读到哪里，就在哪里走。
  const stage = /<a href="[^"]*(stage\/[\w-]+\.html)"[^>]*><img [^>]*alt="([^"]*)"[^>]*><\/a>/g;
  model.conceptual = model.conceptual.replace(stage, '<iframe class="stage" src="$1" title="$2" loading="lazy"></iframe>');

  model.conceptual = model.conceptual.replace(/<a href="([^":#]+)(#[^"]*)?"([^>]*)>([\s\S]*?)<\/a>/g, function (link, href, hash, rest, text) {
    const path = href.replace(/^[~.\/]+/, '');
    const to = function (target) { return '<a href="' + target + (hash || '') + '"' + rest + '>' + text + '</a>'; };

    // 练习、答案、检查器的链接是从 tutorial 写起的。
    const inTutorial = /^(solutions|exercises|Check|stage)\b/.test(path);
    if (/^tutorial\/.*\.md$/.test(path)) return to(href.replace(/\.md$/, '.html'));
    if (/\.(md|html)$/.test(path) || !(inTutorial || /^(examples|tests)\//.test(path))) return link;
    if (repo) return to(repo + '/' + (inTutorial ? 'tutorial/' : '') + path);

    // 目录：示例链到它的 Program.cs；别的目录，网站里没有可看的。
    if (/\.\w+$/.test(path)) return link;
    const groups = /^examples\/(02-Mmap|06-FileMapping|10-ShmSemaphore|18-Overlap)$/;
    return /^examples\/\d\d-\w+(\/\w+)?$/.test(path) && !groups.test(path) ? to(href + '/Program.cs') : text;
  });
  return model;
};

exports.postTransform = function (model) {
  return model;
};
